import type { Handler } from './emulation.ts';

export interface PageOptions {
  readonly size: number;
  /** A page begins with the tag that it should begin after. */
  readonly isLastInclusive?: boolean;
}

/** Tags a few at a time, whatever was asked for. */
export function pagedTags(backing: Handler, { isLastInclusive, size }: PageOptions): Handler {
  return async (request) => {
    const { method, path } = request;
    const url = new URL(path, 'http://registry');
    if (method !== 'GET' || !url.pathname.endsWith('/tags/list')) return undefined;
    const whole = await backing({ ...request, path: url.pathname });
    if (whole === undefined || whole.status !== 200 || !Buffer.isBuffer(whole.body)) return whole;
    const { name, tags } = JSON.parse(whole.body.toString()) as { name: string; tags: string[] };
    const last = url.searchParams.get('last');
    const rest = tags.filter(
      (tag) => last === null || tag > last || (isLastInclusive === true && tag === last),
    );
    const page = rest.slice(0, size);
    const more = rest.length > size && page.at(-1) !== last;
    const next = `${url.pathname}?last=${encodeURIComponent(page.at(-1) ?? '')}&n=${String(size)}`;
    return {
      headers: more ? { link: `<${next}>; rel="next"` } : {},
      body: { name, tags: page },
    };
  };
}
