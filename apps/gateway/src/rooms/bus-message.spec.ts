import { decodeMessage, encodeEntries, encodeMessage } from './bus-message';

const lines = ['{"seq":7,"text":"弹幕\\n"}', '{"seq":8,"text":"two"}'];

it('entries say which they are before they are read, and come out as they went in', () => {
  const message = decodeMessage(
    encodeEntries(
      7,
      lines.map((json) => ({ json })),
    ),
  );
  expect(message).toMatchObject({ type: 'entries', from: 7, to: 8 });
  const items = message.type === 'entries' ? message.read() : [];
  expect(items).toEqual(lines.map((json, i) => ({ seq: 7 + i, json })));
});

it('everything else is JSON', () => {
  const message = { type: 'pulse' as const, gateway: 'g', likes: 2, typing: ['ann'] };
  expect(decodeMessage(Buffer.from(encodeMessage(message)))).toEqual(message);
});

it.each(['', 'E', 'E\n{}', 'E1\n{}', 'Ex y\n{}', 'nonsense'])(
  'G10: %j is none of ours',
  (payload) => {
    expect(() => decodeMessage(Buffer.from(payload))).toThrow(SyntaxError);
  },
);
