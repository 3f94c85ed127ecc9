/** Empty lanes with one comment left on them: nobody is here, or nobody answers. */
export function QuietArt() {
  return (
    <svg width="160" height="72" viewBox="0 0 160 72" fill="none" aria-hidden>
      <g stroke="var(--hair)" strokeWidth="2" strokeLinecap="round" strokeDasharray="1 7">
        <path d="M2 12h156M2 36h156M2 60h156" />
      </g>
      <rect x="94" y="5" width="30" height="14" rx="7" fill="var(--hair)" />
      <rect x="30" y="29" width="58" height="14" rx="7" fill="var(--accent)" />
      <circle cx="101" cy="36" r="3" fill="var(--edge)" />
      <circle cx="112" cy="36" r="3" fill="var(--edge)" />
      <circle cx="123" cy="36" r="3" fill="var(--edge)" />
      <rect x="62" y="53" width="42" height="14" rx="7" fill="var(--hair)" />
    </svg>
  );
}
