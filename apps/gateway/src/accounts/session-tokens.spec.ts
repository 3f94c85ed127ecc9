import { SignJWT, UnsecuredJWT, jwtVerify } from 'jose';
import { Refusal } from '../refusal';
import { SessionTokens } from './session-tokens';

const SECRET = 'a secret of at least thirty-two characters';
const user = { id: 'u1', name: 'Ann', role: 'user' as const };

/** A token that differs from a good one in what the caller changes. */
function forge(
  change: (jwt: SignJWT) => SignJWT,
  { secret = SECRET, alg = 'HS256' } = {},
): Promise<string> {
  const jwt = new SignJWT({ name: user.name, role: user.role })
    .setProtectedHeader({ alg })
    .setSubject(user.id)
    .setJti('j1')
    .setIssuer('hubbub')
    .setAudience('hubbub')
    .setExpirationTime('1h');
  return change(jwt).sign(Buffer.from(secret));
}

describe('a session token', () => {
  const tokens = new SessionTokens(SECRET, 30);

  it('says who it was given to, for how long, and under which id', () => {
    const { token, session } = tokens.issue(user);
    expect(session.user).toEqual(user);
    expect(session.id).toMatch(/^[0-9A-Za-z]{16}$/);
    expect(session.expiresAt / 1000).toBeCloseTo(Date.now() / 1000 + 30 * 24 * 3600, -1);
    expect(tokens.verify(token)).toEqual(session);
  });

  it('is good in the form that it is specified in', async () => {
    expect(tokens.verify(await forge((jwt) => jwt))).toMatchObject({ id: 'j1', user });
  });

  it('is read by whoever has the secret and knows the form', async () => {
    const { token, session } = tokens.issue(user);
    const { payload } = await jwtVerify(token, Buffer.from(SECRET), {
      algorithms: ['HS256'],
      issuer: 'hubbub',
      audience: 'hubbub',
    });
    expect(payload).toMatchObject({ sub: 'u1', name: 'Ann', role: 'user', jti: session.id });
  });

  it.each<[string, () => Promise<string>]>([
    ['another secret', () => forge((jwt) => jwt, { secret: `${SECRET}!` })],
    ['another algorithm', () => forge((jwt) => jwt, { alg: 'HS512' })],
    ['another issuer', () => forge((jwt) => jwt.setIssuer('other'))],
    ['another audience', () => forge((jwt) => jwt.setAudience('other'))],
    [
      'its time over',
      () => forge((jwt) => jwt.setExpirationTime(Math.floor(Date.now() / 1000) - 1)),
    ],
    ['nobody named', () => forge((jwt) => jwt.setSubject(''))],
    [
      'no time set',
      () =>
        new SignJWT({ name: 'Ann', role: 'admin', sub: 'u1', jti: 'j1' })
          .setProtectedHeader({ alg: 'HS256' })
          .setIssuer('hubbub')
          .setAudience('hubbub')
          .sign(Buffer.from(SECRET)),
    ],
    [
      'a role that there is not',
      () =>
        new SignJWT({ name: 'Ann', role: 'god' })
          .setProtectedHeader({ alg: 'HS256' })
          .setSubject('u1')
          .setJti('j1')
          .setIssuer('hubbub')
          .setAudience('hubbub')
          .setExpirationTime('1h')
          .sign(Buffer.from(SECRET)),
    ],
    [
      'no signature',
      () =>
        Promise.resolve(
          new UnsecuredJWT({ name: 'Ann', role: 'admin' })
            .setSubject('u1')
            .setJti('j1')
            .setIssuer('hubbub')
            .setAudience('hubbub')
            .setExpirationTime('1h')
            .encode(),
        ),
    ],
    ['its time not come', () => forge((jwt) => jwt.setNotBefore('1h'))],
    [
      'something that has to be understood',
      () =>
        new SignJWT({ name: user.name, role: user.role })
          .setProtectedHeader({ alg: 'HS256', crit: ['b64'], b64: true })
          .setSubject(user.id)
          .setJti('j1')
          .setIssuer('hubbub')
          .setAudience('hubbub')
          .setExpirationTime('1h')
          .sign(Buffer.from(SECRET)),
    ],
    ['garbage for a text', () => Promise.resolve('garbage')],
    ['three empty parts', () => Promise.resolve('..')],
  ])('is refused with %s', async (_, make) => {
    const token = await make();
    expect(() => tokens.verify(token)).toThrow(Refusal);
    expect(() => tokens.verify(token)).toThrow(
      new Refusal('unauthenticated', 'the session is not valid, or has ended'),
    );
  });

  it('is refused where a character of it was changed', () => {
    const { token } = tokens.issue(user);
    const [head = '', body = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
    const forged = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url');
    expect(() => tokens.verify(`${head}.${forged}.${signature}`)).toThrow(Refusal);
  });
});
