import { problemOfRefusal, problemsOf } from './room-form';

describe('the form of a new room', () => {
  const good = { title: 'Radio', slug: 'radio', streamUrl: '' };

  it('accepts a room without a picture, and one with', () => {
    expect(problemsOf(good)).toEqual({});
    expect(problemsOf({ ...good, streamUrl: ' https://example.org/a.m3u8 ' })).toEqual({});
  });

  it('says one thing about an empty form', () => {
    expect(problemsOf({ title: ' ', slug: '', streamUrl: '' })).toEqual({ title: 'title' });
  });

  it.each(['example.org/a.m3u8', 'ftp://example.org/a', 'javascript:alert(1)'])(
    'refuses the picture %s',
    (streamUrl) => {
      expect(problemsOf({ ...good, streamUrl })).toEqual({ streamUrl: 'streamUrl' });
    },
  );

  it('puts the refusals of the gateway at their fields', () => {
    expect(problemOfRefusal({ code: 'conflict', field: 'slug' })).toEqual({ slug: 'slugTaken' });
    expect(problemOfRefusal({ code: 'invalid', field: 'streamUrl' })).toEqual({
      streamUrl: 'streamUrl',
    });
    expect(problemOfRefusal({ code: 'invalid', field: 'visibility' })).toBeNull();
    expect(problemOfRefusal({ code: 'unavailable', field: undefined })).toBeNull();
  });
});
