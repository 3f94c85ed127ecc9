import { parseOptions } from '@node-rs/argon2';
import { Passwords } from './passwords';

const passwords = new Passwords();

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return Math.min(...times);
}

describe('a password', () => {
  it('is kept as argon2id with the parameters that OWASP names', async () => {
    const hash = await passwords.hash('correct horse');
    expect(hash).toMatch(/^\$argon2id\$/);
    expect(parseOptions(hash)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    await expect(passwords.hash('correct horse')).resolves.not.toBe(hash);
  });

  it('matches itself alone', async () => {
    const hash = await passwords.hash('correct horse');
    await expect(passwords.matches(hash, 'correct horse')).resolves.toBe(true);
    await expect(passwords.matches(hash, 'correct horsf')).resolves.toBe(false);
    await expect(passwords.matches(null, 'correct horse')).resolves.toBe(false);
  });

  it('takes as long to refuse for an account that there is not', async () => {
    const hash = await passwords.hash('correct horse');
    await passwords.matches(null, 'warm');
    const wrong = await timeMs(() => passwords.matches(hash, 'wrong'));
    const nobody = await timeMs(() => passwords.matches(null, 'wrong'));
    expect(nobody).toBeGreaterThan(wrong / 3);
    expect(nobody).toBeLessThan(wrong * 3);
  });
});
