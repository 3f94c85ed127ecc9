'use client';

import { useLocale } from 'next-intl';
import { useState } from 'react';
import { formatCount } from '../i18n/format-count';
import styles from './animated-count.module.css';

/** A count whose digits roll where they change: up for more, down for fewer. Decorative: say the number in text beside it. */
export function AnimatedCount(props: { value: number }) {
  const locale = useLocale();
  const [state, setState] = useState({ value: props.value, direction: '' });
  if (state.value !== props.value) {
    setState({ value: props.value, direction: props.value > state.value ? 'up' : 'down' });
  }
  const text = formatCount(props.value, locale);
  return (
    <span aria-hidden className={`tabular ${styles['count'] ?? ''}`}>
      {Array.from(text).map((character, index) => (
        <span
          // A digit is the same while its place from the right and its value are.
          key={`${String(text.length - index)}${character}`}
          className={styles[state.direction]}
        >
          {character}
        </span>
      ))}
    </span>
  );
}
