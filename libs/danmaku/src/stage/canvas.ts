export type Canvas = OffscreenCanvas | HTMLCanvasElement;
export type Context = OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;

/** A canvas that is not in the document, of the best kind that there is. */
export function newCanvas(width: number, height: number): Canvas {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(width, height);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

export function contextOf(canvas: Canvas): Context {
  const context = isOffscreen(canvas) ? canvas.getContext('2d') : canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives no 2d context for a canvas');
  return context;
}

function isOffscreen(canvas: Canvas): canvas is OffscreenCanvas {
  return typeof OffscreenCanvas !== 'undefined' && canvas instanceof OffscreenCanvas;
}
