import type { Random } from '../../testing/random';

/** What RFC 6455 has, and the numbers that it keeps for later. */
const OPCODES = [0, 1, 2, 3, 7, 8, 9, 10, 11, 15];
/** Codes that may be in a close, that may not, and that are none. */
const CLOSES = [0, 999, 1000, 1001, 1004, 1005, 1006, 1015, 2999, 3000, 4000, 4999, 5000, 65_535];
/** Lengths that are promised, and never come. */
const LENGTHS = [126n, 65_536n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78]);

interface Frame {
  first: number;
  payload: Buffer;
  isMasked: boolean;
}

function bytesOf({ first, payload, isMasked }: Frame): Buffer {
  const masked = isMasked ? 0x80 : 0;
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.from([first, masked | length])
      : Buffer.from([first, masked | 126, length >> 8, length & 0xff]);
  if (!isMasked) return Buffer.concat([head, payload]);
  const covered = payload.map((byte, i) => byte ^ (MASK[i & 3] ?? 0));
  return Buffer.concat([head, MASK, covered]);
}

/** A text as a client sends it. */
export function textFrame(text: string | Buffer): Buffer {
  const payload = Buffer.from(text).subarray(0, 65_535);
  return bytesOf({ first: 0x81, payload, isMasked: true });
}

/** Bytes of a frame that may be right, or breaks RFC 6455 somewhere: its bits, its length, its mask, its payload. */
export function rawFrame(random: Random, text: string | Buffer): Buffer {
  const payload = Buffer.from(text).subarray(0, 60_000);
  const small = payload.subarray(0, 125);
  switch (random.below(10)) {
    case 0:
      return bytesOf({ first: random.below(256), payload: small, isMasked: random.below(4) > 0 });
    case 1:
      return bytesOf({ first: 0x80 | random.one(OPCODES), payload, isMasked: true });
    case 2:
      return bytesOf({ first: 0x81, payload, isMasked: false });
    case 3:
      return closeFrame(random, small);
    case 4:
      return longer(random, small);
    case 5:
      return parts(random, payload);
    case 6:
      // Its bit says that it is compressed.
      return bytesOf({ first: 0xc1, payload, isMasked: true });
    case 7:
      return Buffer.from(Array.from({ length: random.below(60) }, () => random.below(256)));
    case 8: {
      const frame = textFrame(payload);
      return frame.subarray(0, random.below(frame.length + 1));
    }
    default:
      return textFrame(payload);
  }
}

function closeFrame(random: Random, reason: Buffer): Buffer {
  const code = Buffer.alloc(2);
  code.writeUInt16BE(random.one(CLOSES));
  const payload = Buffer.concat([code, reason.subarray(0, 100)]).subarray(0, random.below(104));
  return bytesOf({ first: 0x88, payload, isMasked: true });
}

/** Says that more is to come than is. */
function longer(random: Random, payload: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(random.one(LENGTHS));
  return Buffer.concat([Buffer.from([0x81, 0xff]), length, MASK, payload]);
}

/** A message in parts, with what may and may not stand between them; more of them than anybody takes, at times. */
function parts(random: Random, payload: Buffer): Buffer {
  const count = random.below(20) === 0 ? 2_000 : 1 + random.below(6);
  const size = Math.ceil(payload.length / count);
  const frames = Array.from({ length: count }, (_, i) => {
    const isLast = i === count - 1 && random.below(4) > 0;
    const opcode = i === 0 || random.below(50) === 0 ? 1 : 0;
    const part = payload.subarray(i * size, (i + 1) * size);
    const frame = { first: (isLast ? 0x80 : 0) | opcode, payload: part, isMasked: true };
    const between =
      random.below(10) === 0
        ? [bytesOf({ ...frame, first: 0x89, payload: Buffer.alloc(random.below(130)) })]
        : [];
    return Buffer.concat([...between, bytesOf(frame)]);
  });
  return Buffer.concat(frames);
}
