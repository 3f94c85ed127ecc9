import { parseOptions } from '@node-rs/argon2';
import { Passwords } from './passwords';

const passwords = new Passwords();

/** The processor time that each takes at least, in µs, in turns: whatever else the machine does takes none of this process's. */
async function costs(works: (() => Promise<unknown>)[]): Promise<number[]> {
  const least = works.map(() => Infinity);
  for (let i = 0; i < 5; i++) {
    for (const [which, work] of works.entries()) {
      const before = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(before);
      least[which] = Math.min(least[which] ?? Infinity, user + system);
    }
  }
  return least;
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
    const [wrong = 0, nobody = 0] = await costs([
      () => passwords.matches(hash, 'wrong'),
      () => passwords.matches(null, 'wrong'),
    ]);
    expect(nobody).toBeGreaterThan(wrong / 3);
    expect(nobody).toBeLessThan(wrong * 3);
  });
});
