/**
 * What a gateway tells of itself now, by a metric's name: the sum over all labels, 0 where nothing was counted yet.
 *
 * @throws {Error} where the gateway knows no metric of that name.
 */
export async function metricsOf(gateway: string): Promise<(name: string) => number> {
  const text = await (await fetch(`${gateway}/metrics`)).text();
  return (name) => {
    if (!text.includes(`\n# TYPE ${name.replace(/_count$/, '')} `))
      throw new Error(`${gateway}/metrics does not tell of ${name}`);
    const lines = text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'));
    return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
  };
}
