/** `info[]` and `info[0]` are elements of the array `info`. */
const ELEMENT = /\[\d*\]$/;

/** The query of a request to the HTTP API, names in lower case. */
export class SignedQuery {
  readonly #parameters: (readonly [name: string, value: string])[] = [];
  /** What the request is signed with: the one parameter that is not signed itself. */
  readonly signature: string | undefined;

  constructor(text: string) {
    for (const [key, value] of new URLSearchParams(text)) {
      const name = key.toLowerCase();
      if (name === 'auth_signature') this.signature = value;
      else this.#parameters.push([name, value]);
    }
    this.#parameters.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  get(name: string): string | undefined {
    return this.#parameters.find(([other]) => other === name)?.[1];
  }

  /** The elements of an array, however the client wrote it: `a=1&a=2`, `a[]=1&a[]=2`, `a[0]=1&a[1]=2`. */
  list(name: string): string[] {
    return this.#parameters
      .filter(([other]) => other.replace(ELEMENT, '') === name)
      .map(([, value]) => value);
  }

  /**
   * What may be signed as the query: `k=v`, not escaped, sorted by name. Where it has an array the libraries do not agree: Ruby
   * signs its elements as they were sent, PHP signs them as one parameter with commas.
   */
  *signedForms(): Generator<string> {
    yield this.#parameters.map(([name, value]) => `${name}=${value}`).join('&');
    const values = new Map<string, string[]>();
    for (const [name, value] of this.#parameters) {
      const array = name.replace(ELEMENT, '');
      values.set(array, [...(values.get(array) ?? []), value]);
    }
    if (values.size === this.#parameters.length) return;
    yield [...values].map(([name, elements]) => `${name}=${elements.join(',')}`).join('&');
  }
}
