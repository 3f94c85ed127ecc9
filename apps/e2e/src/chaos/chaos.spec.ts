import { parseChaosOptions } from './options';
import { runChaos } from './run';

jest.setTimeout(400_000);

/** Those that do not last long; all of them take `npm run chaos`. */
const KINDS =
  'gateway-kill,gateway-term,redis-kill,mysql-kill,redis-reset,mysql-reset,clients-vanish';

describe('a short run of chaos', () => {
  it('G1–G5, G7–G9, G11: eight faults cost nobody a message, a place or the truth about who is there', async () => {
    const args = ['--faults', '8', '--seed', '5', '--seconds-between', '0.5', '--kinds', KINDS];
    const options = parseChaosOptions(args, () => undefined);
    const { problems, faults, acknowledged, history } = await runChaos(options!, () => undefined);

    expect(problems).toEqual([]);
    expect(faults).toHaveLength(8);
    for (const { recoveryMs } of faults) expect(recoveryMs).not.toBeNull();
    // It was no quiet time, and nobody was quiet.
    expect(acknowledged).toBeGreaterThan(100);
    const seen = new Map<string, number>();
    for (const { type } of history) seen.set(type, (seen.get(type) ?? 0) + 1);
    expect(seen.get('entry')).toBeGreaterThan(500);
    expect(seen.get('event')).toBeGreaterThan(50);
    expect(seen.get('withdrawn')).toBeGreaterThan(5);
    expect(seen.get('mute')).toBeGreaterThan(1);
    expect(
      history.filter((it) => it.type === 'state' && it.state === 'away').length,
    ).toBeGreaterThan(10);
  });
});
