import { parseFallbackPath } from './fallback-path';

test.each(['xhr_streaming', 'xhr', 'xhr_send'] as const)('%s of a session', (action) => {
  expect(parseFallbackPath(`/pusher/app/a%20key/7/2vb31sk0/${action}`, '')).toEqual({
    key: 'a key',
    session: 'a%20key/7/2vb31sk0',
    action,
  });
});

test('with the prefix of all paths', () => {
  expect(parseFallbackPath('/ws/pusher/app/key/999/2vb31sk0/xhr', '/ws')).toMatchObject({
    session: 'key/999/2vb31sk0',
  });
  expect(parseFallbackPath('/pusher/app/key/999/2vb31sk0/xhr', '/ws')).toBeNull();
});

test.each([
  '/',
  '/pusher/auth',
  '/pusher/app/key',
  '/pusher/app/key/1000/2vb31sk0/xhr',
  '/pusher/app/key/1/short/xhr',
  '/pusher/app/key/1/2vb31sk0/websocket',
  '/pusher/app/key/1/2vb31sk0/xhr/more',
  '/pusher/app/a/b/1/2vb31sk0/xhr',
  '/pusher/app/%E0%A4%A/1/2vb31sk0/xhr',
])('%s is of somebody else', (path) => {
  expect(parseFallbackPath(path, '')).toBeNull();
});
