import { useTranslations } from 'next-intl';
import { Badge } from './badge';

/** On air now. */
export function LiveBadge(props: { className?: string | undefined }) {
  const t = useTranslations('shell.lobby');
  return (
    <Badge tone="live" className={props.className}>
      <span aria-hidden className="size-1.5 rounded-full bg-current" />
      {t('live')}
    </Badge>
  );
}
