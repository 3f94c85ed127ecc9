/** Whether a GET is answered with a 2xx within a second. */
export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(1000),
    headers: { connection: 'close' },
  });
  await response.body?.cancel();
  return response.ok;
}
