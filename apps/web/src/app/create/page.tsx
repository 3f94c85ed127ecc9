import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { CreateRoom } from '../../create/create-room';
import { randomSlug } from '../../create/suggest-slug';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('shell.create');
  return { title: t('title') };
}

export default async function CreatePage() {
  const t = await getTranslations('shell.create');
  return (
    <main id="main" tabIndex={-1} className="flex-1 outline-none">
      <div className="container-page max-w-[68rem]! py-8 md:py-12">
        <h1 className="text-2xl">{t('title')}</h1>
        <p className="mt-1 mb-8 text-base text-muted">{t('intro')}</p>
        <CreateRoom fallbackSlug={randomSlug()} />
      </div>
    </main>
  );
}
