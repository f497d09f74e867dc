import { type GatewayRoute, parseGatewayPath } from '../gateway/index.ts';
import { parseV2Path } from '../registry/index.ts';
import type { AccessEvent } from '../server-options.ts';
import type { Family } from './prometheus.ts';

/** Counts requests. Every label has few values, whatever clients send. */
export interface RequestMetrics {
  note(event: AccessEvent): void;
  families(): readonly Family[];
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Seconds: from a manifest out of the cache to a provider of a gigabyte. */
const buckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];

interface Durations {
  readonly method: string;
  readonly route: string;
  /** One for each bucket, each request in exactly one of them, and one more for the slowest. */
  readonly counts: number[];
  sum: number;
}

export function createRequestMetrics(): RequestMetrics {
  const requests = new Map<string, { readonly labels: Labels; count: number }>();
  const durations = new Map<string, Durations>();
  const bytes = { received: new Map<string, number>(), sent: new Map<string, number>() };
  let cut = 0;

  return {
    note: (event) => {
      const method = methods.has(event.method) ? event.method : 'other';
      const route = routeOf(event.path);
      const labels = { method, route, status: String(event.status) };
      const key = Object.values(labels).join(' ');
      const found = requests.get(key) ?? { labels, count: 0 };
      found.count++;
      requests.set(key, found);
      const timed = durations.get(`${method} ${route}`) ?? {
        method,
        route,
        counts: Array.from({ length: buckets.length + 1 }, () => 0),
        sum: 0,
      };
      const seconds = event.durationMs / 1000;
      const at = buckets.findIndex((bucket) => seconds <= bucket);
      const bucket = at === -1 ? buckets.length : at;
      timed.counts[bucket] = (timed.counts[bucket] ?? 0) + 1;
      timed.sum += seconds;
      durations.set(`${method} ${route}`, timed);
      bytes.received.set(route, (bytes.received.get(route) ?? 0) + event.receivedBytes);
      bytes.sent.set(route, (bytes.sent.get(route) ?? 0) + event.sentBytes);
      if (!event.complete) cut++;
    },
    families: () => [
      {
        name: 'tofu_oci_http_requests_total',
        type: 'counter',
        help: 'Requests answered.',
        samples: [...requests.values()].map(({ labels, count }) => ({ labels, value: count })),
      },
      {
        name: 'tofu_oci_http_requests_cut_total',
        type: 'counter',
        help: 'Requests whose connection ended before the answer did.',
        samples: [{ value: cut }],
      },
      {
        name: 'tofu_oci_http_request_duration_seconds',
        type: 'histogram',
        help: 'From the headers of a request to the end of its answer.',
        samples: [...durations.values()].flatMap(histogram),
      },
      byteFamily('received', bytes.received),
      byteFamily('sent', bytes.sent),
    ],
  };
}

type Labels = Readonly<Record<string, string>>;

const gatewayRoutes: Readonly<Record<GatewayRoute['kind'], string>> = {
  discovery: 'discovery',
  versions: 'provider-versions',
  download: 'provider-download',
  'mirror-index': 'mirror-index',
  'mirror-version': 'mirror-version',
  packages: 'package',
  sums: 'checksums',
};

function routeOf(path: string): string {
  if (path === '/healthz') return 'health';
  if (path === '/readyz') return 'ready';
  if (path.startsWith('/v2')) return parseV2Path(path)?.kind ?? 'none';
  if (/^\/(?:v1|\.well-known)\//u.test(path)) {
    const route = parseGatewayPath(path);
    return route === undefined ? 'none' : gatewayRoutes[route.kind];
  }
  return /^\/(?:$|providers(?:\/|$)|login$|assets\/)/u.test(path) ? 'page' : 'none';
}

function histogram({ method, route, counts, sum }: Durations) {
  let count = 0;
  const rows = counts.map((each, at) => {
    count += each;
    const le = at === buckets.length ? '+Inf' : String(buckets[at]);
    return { suffix: '_bucket', labels: { method, route, le }, value: count };
  });
  const labels = { method, route };
  return [
    ...rows,
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: count },
  ];
}

function byteFamily(direction: 'received' | 'sent', byRoute: ReadonlyMap<string, number>): Family {
  return {
    name: `tofu_oci_http_${direction}_bytes_total`,
    type: 'counter',
    help: `Bytes ${direction} on connections, headers included.`,
    samples: [...byRoute].map(([route, value]) => ({ labels: { route }, value })),
  };
}
