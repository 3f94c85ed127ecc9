import { contentSecurityPolicy, FILES_POLICY } from './content-security-policy';

function directives(options: { overHttps: boolean; isDevelopment?: boolean }): Map<string, string> {
  const policy = contentSecurityPolicy({ nonce: 'abc', isDevelopment: false, ...options });
  return new Map(
    policy.split('; ').map((directive) => {
      const [name = '', ...values] = directive.split(' ');
      return [name, values.join(' ')];
    }),
  );
}

describe('the content security policy', () => {
  it('runs the scripts of this answer and no others', () => {
    const scripts = directives({ overHttps: true }).get('script-src');
    expect(scripts).toContain("'nonce-abc'");
    expect(scripts).not.toMatch(/unsafe/);
  });

  it('lets a picture come from any host over https, and over http only to a page over http', () => {
    for (const name of ['media-src', 'connect-src']) {
      expect(directives({ overHttps: true }).get(name)).toMatch(/(^| )https:$/);
      expect(directives({ overHttps: false }).get(name)).toMatch(/https: http:$/);
    }
  });

  it('lets the renderer have its worker and the player its blobs', () => {
    const policy = directives({ overHttps: true });
    expect(policy.get('worker-src')).toContain('blob:');
    expect(policy.get('media-src')).toContain('blob:');
  });

  it('is framed by nobody', () => {
    expect(directives({ overHttps: true }).get('frame-ancestors')).toBe("'none'");
  });

  it('of files lets nothing run that is not a file of ours', () => {
    expect(FILES_POLICY).toContain("default-src 'self';");
    expect(FILES_POLICY).toContain("frame-ancestors 'none'");
    expect(FILES_POLICY).not.toMatch(/unsafe|\*|https?:/);
  });
});
