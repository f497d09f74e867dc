/** Query parameters that are part of the protocols and carry no secret; every other value is hidden. */
const harmlessQueryKeys = new Set([
  'artifactType',
  'digest',
  'from',
  'last',
  'mount',
  'n',
  'scope',
  'service',
  'tag',
]);

/** A URL fit for messages and traces: no userinfo, no fragment, only harmless query values. */
export function redactUrl(url: URL | string): string {
  let copy: URL;
  try {
    copy = new URL(url);
  } catch {
    return '(unparsable URL)';
  }
  copy.username = '';
  copy.password = '';
  copy.hash = '';
  for (const key of [...copy.searchParams.keys()]) {
    if (!harmlessQueryKeys.has(key)) copy.searchParams.set(key, 'REDACTED');
  }
  return copy.href;
}
