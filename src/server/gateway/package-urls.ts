/** What a signed URL lets its bearer fetch. */
export interface UrlGrant {
  /** Of the repository. */
  readonly path: string;
  /** Of the file, 64 hex digits. */
  readonly sha256: string;
  readonly principal: string;
}

/** Signs URLs for clients that fetch packages without credentials. */
export interface PackageUrls {
  /** A query without its question mark, with a parameter `signature`; good for some minutes. */
  sign(grant: UrlGrant): string;
  /** The principal whom it was made for; undefined for one that is expired, changed or made up. */
  verify(query: URLSearchParams, file: Omit<UrlGrant, 'principal'>): string | undefined;
}
