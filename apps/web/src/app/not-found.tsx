import Link from 'next/link';
import { getTranslations } from 'next-intl/server';
import { QuietArt } from '../lobby/quiet-art';
import { buttonClasses } from '../ui/button-classes';
import { EmptyState } from '../ui/empty-state';

export default async function NotFound() {
  const t = await getTranslations('shell.notFound');
  return (
    <main id="main" tabIndex={-1} className="flex flex-1 items-center outline-none">
      <EmptyState
        heading="h1"
        art={<QuietArt />}
        title={t('title')}
        action={
          <Link href="/" className={buttonClasses('primary', 'lg')}>
            {t('action')}
          </Link>
        }
      >
        {t('text')}
      </EmptyState>
    </main>
  );
}
