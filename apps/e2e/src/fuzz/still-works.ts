import { Api } from '../testing/api';
import type { Cluster } from '../testing/cluster';
import { LogView } from '../testing/log-view';
import { RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

/**
 * A message from one gateway to another in a fresh room, and in one that had all of it: sent, seen, and the log before it whole.
 *
 * @param room that was sent to; `token` is its owner's.
 * @throws {Error} where that does not go.
 */
export async function stillWorks(
  cluster: Cluster,
  { room, token }: { room: string; token: string },
): Promise<void> {
  const api = new Api(cluster.url, cluster.adminToken);
  const newcomer = await api.account();
  const fresh = await api.room(newcomer);
  const clients: RawClient[] = [];
  try {
    for (const [slug, by] of [[fresh, newcomer.token] as const, [room, token] as const]) {
      const reader = await RawClient.open(cluster.gateway(cluster.gateways.length - 1), {});
      clients.push(reader);
      const writer = await RawClient.open(cluster.gateway(0), { token: by });
      clients.push(writer);
      const view = await LogView.follow(reader, slug, 0);
      await writer.ok('join', { room: slug });
      const { seq } = await waitFor(() => writer.say(slug, 'still here'), {
        what: 'a send is ok',
        everyMs: 100,
      });
      await waitFor(() => view.cursor >= seq, { what: 'it is seen' });
      await view.fillIn(reader, slug);
      view.assertComplete(1, seq);
    }
  } finally {
    for (const client of clients) client.drop();
  }
}
