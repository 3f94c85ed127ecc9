import type { MetadataRoute } from 'next';

export default function manifest(): MetadataRoute.Manifest {
  return {
    name: 'Hubbub',
    short_name: 'Hubbub',
    start_url: '/',
    display: 'standalone',
    background_color: '#0d0c11',
    theme_color: '#0d0c11',
    icons: [
      { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
      { src: '/apple-icon.png', sizes: '180x180', type: 'image/png' },
    ],
  };
}
