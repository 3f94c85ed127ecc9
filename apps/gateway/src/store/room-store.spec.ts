import { setImmediate } from 'node:timers/promises';
import { RoomEntity } from './entities/room.entity';
import { RoomHeadEntity } from './entities/room-head.entity';
import { RoomMemberEntity } from './entities/room-member.entity';
import { UserEntity } from './entities/user.entity';
import { RoomStore } from './room-store';
import { Stage, appendUnderPolicy, mute, upTo, type Gateway, type Kind } from './testing/stage';

jest.setTimeout(60_000);

const KINDS: Kind[] = ['sqlite', 'mysql'];

describe.each(KINDS)('rooms over %s', (kind) => {
  let stage: Stage;
  let gateway: Gateway;
  let store: RoomStore;
  let roomId: number;

  beforeAll(async () => {
    stage = await Stage.create(kind);
    gateway = await stage.gateway();
    store = new RoomStore(gateway.database);
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    roomId = await stage.room(gateway);
  });

  const members = () => gateway.database.repository(RoomMemberEntity);

  it('a room is found by its slug', async () => {
    const policy = await store.policy(roomId);
    const slug = policy?.room.slug ?? '';
    await expect(store.findBySlug(slug)).resolves.toMatchObject({
      id: roomId,
      slug,
      slowModeMs: 0,
    });
    await expect(store.findBySlug(slug.toUpperCase())).resolves.toBeNull();
  });

  it('the policy has the roles, and the mutes that have not ended', async () => {
    const now = Date.now();
    const row = { roomId, role: 'viewer', mutedUntil: null } as const;
    await members().insert([
      { ...row, userId: 'mod', role: 'moderator' },
      { ...row, userId: 'member', role: 'member', mutedUntil: now + 60_000 },
      { ...row, userId: 'muted', mutedUntil: now + 30_000 },
      { ...row, userId: 'was-muted', mutedUntil: now - 1 },
      { ...row, userId: 'reader' },
    ]);
    const policy = await store.policy(roomId);
    expect(policy?.version).toBe(0);
    expect(policy?.room).toBeInstanceOf(RoomEntity);
    expect(policy?.roles).toEqual(
      new Map([
        ['mod', 'moderator'],
        ['member', 'member'],
      ]),
    );
    expect(policy?.mutes).toEqual(
      new Map([
        ['member', now + 60_000],
        ['muted', now + 30_000],
      ]),
    );
  });

  it('there is none of a room that is gone', async () => {
    await gateway.database.repository(RoomHeadEntity).delete({ roomId });
    await expect(store.policy(roomId)).resolves.toBeNull();
    await expect(store.policy(999_999)).resolves.toBeNull();
  });

  it('G9: a policy is never older than the version that it names', async () => {
    const mutes = upTo(25).map((n) =>
      appendUnderPolicy(gateway, roomId, mute(`user-${String(n)}`, 0)),
    );
    let version = 0;
    while (version < 25) {
      const policy = await store.policy(roomId);
      version = policy?.version ?? 0;
      expect(policy?.mutes.size).toBeGreaterThanOrEqual(version);
      await setImmediate();
    }
    await Promise.all(mutes);
  });

  it('how far somebody has read never goes back, and leaves role and mute alone', async () => {
    await members().insert({ roomId, userId: 'mod', role: 'moderator', mutedUntil: 5 });
    const orders = [...upTo(30)].sort(() => Math.random() - 0.5);
    await Promise.all(
      orders.flatMap((seq) => [
        store.setRead(roomId, 'mod', seq),
        store.setRead(roomId, 'ann', seq),
      ]),
    );
    await store.setRead(roomId, 'mod', 3);
    await expect(members().findOneByOrFail({ roomId, userId: 'mod' })).resolves.toMatchObject({
      role: 'moderator',
      mutedUntil: 5,
      readSeq: 30,
    });
    await expect(members().findOneByOrFail({ roomId, userId: 'ann' })).resolves.toMatchObject({
      role: 'viewer',
      mutedUntil: null,
      readSeq: 30,
    });
  });

  it('the owner is named', async () => {
    await gateway.database.repository(UserEntity).insert({
      id: 'owner',
      handle: null,
      name: '小明 🎉',
      passwordHash: null,
      role: 'user',
      createdAt: 1,
    });
    await expect(store.owner('owner')).resolves.toEqual({ id: 'owner', name: '小明 🎉' });
    await expect(store.owner('nobody')).resolves.toBeNull();
  });
});
