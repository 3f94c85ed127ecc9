import * as ws from 'ws';
import { textFrames } from './text-frames';

/** What `ws` exports and its type declarations do not describe. */
const { Receiver } = ws as unknown as {
  Receiver: new (options: { isServer: boolean }) => NodeJS.WritableStream;
};

/** What `ws` reads from the bytes that a server sent. */
async function read(bytes: Buffer): Promise<string[]> {
  const texts: string[] = [];
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (data: Buffer) => texts.push(data.toString()));
  await new Promise<void>((resolve, reject) => {
    receiver.on('error', reject);
    receiver.write(bytes, () => {
      resolve();
    });
  });
  return texts;
}

describe('text frames', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 200_000])('carry %i bytes', async (size) => {
    const text = 'x'.repeat(size);
    expect(await read(textFrames([text]))).toEqual([text]);
  });

  it('lie one behind the other, whatever the letters', async () => {
    const texts = ['{}', '弹幕'.repeat(50), 'é', '👋'.repeat(30_000), 'the end'];
    expect(await read(textFrames(texts))).toEqual(texts);
  });
});
