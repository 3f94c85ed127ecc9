import type { Author } from '@hubbub/protocol';
import { Bot, Crown, Shield } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { CSSProperties } from 'react';
import { hueOf } from '../../ui/hue';
import styles from './chat.module.css';

const ICONS = { owner: Crown, moderator: Shield, admin: Shield, bot: Bot };
const TONES = {
  owner: 'text-accent-ink',
  moderator: 'text-good',
  admin: 'text-danger',
  bot: 'text-faint',
};

/** A name in its own colour, legible on either ground, with a mark for what its bearer is here. */
export function AuthorName(props: { user: Author }) {
  const { id, name, role, color } = props.user;
  const style = { '--author': color ?? `oklch(0.6 0.14 ${String(hueOf(id))})` } as CSSProperties;
  return (
    <>
      {role !== undefined && <RoleMark role={role} />}
      <bdi className={`font-semibold ${styles['author'] ?? ''}`} style={style}>
        {name}
      </bdi>
    </>
  );
}

function RoleMark(props: { role: NonNullable<Author['role']> }) {
  const t = useTranslations('room.roles');
  const Icon = ICONS[props.role];
  const label = t(props.role);
  return (
    <span title={label} className={`mr-1 inline-flex align-[-0.125em] ${TONES[props.role]}`}>
      <Icon size={16} aria-hidden />
      <span className="sr-only">{label}</span>
    </span>
  );
}
