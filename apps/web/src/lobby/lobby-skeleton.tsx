import { useTranslations } from 'next-intl';
import { cx } from '../ui/cx';
import { Skeleton } from '../ui/skeleton';

/** The lobby's shape while the rooms are on their way. */
export function LobbySkeleton() {
  const t = useTranslations('shell');
  return (
    <div role="status" aria-label={t('common.loading')}>
      <h1 className="text-2xl sm:text-3xl">{t('lobby.title')}</h1>
      <Skeleton className="mt-2 mb-8 h-5 w-48" />
      <div className="grid grid-cols-2 gap-x-3 gap-y-6 sm:gap-x-5 sm:gap-y-8 lg:grid-cols-3 xl:grid-cols-4 2xl:grid-cols-5">
        {[...Array(9).keys()].map((place) => (
          <div
            key={place}
            className={cx('flex flex-col', place === 0 && 'col-span-2 lg:row-span-2')}
          >
            <Skeleton
              className={cx('aspect-video rounded-lg', place === 0 && 'lg:aspect-auto lg:flex-1')}
            />
            <Skeleton className="mt-3 h-4 w-4/5" />
            <Skeleton className="mt-2 h-4 w-2/5" />
          </div>
        ))}
      </div>
    </div>
  );
}
