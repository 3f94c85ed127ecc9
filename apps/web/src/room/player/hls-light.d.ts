/** hls.js ships types for its whole build only; the light one has the same surface without captions, DRM and audio tracks. */
declare module 'hls.js/light' {
  export * from 'hls.js';
  export { default } from 'hls.js';
}
