import { type Clock, systemClock } from '../../base/index.ts';
import type { AccessEvent } from '../server-options.ts';
import { type Family, formatMetrics } from './prometheus.ts';
import { createRequestMetrics } from './request-metrics.ts';
import { createStoreSize } from './store-size.ts';

export interface ServerMetrics {
  note(event: AccessEvent): void;
  /** In Prometheus's text format. */
  text(): string;
  close(): Promise<void>;
}

export interface MetricsSources {
  /** The served one; undefined where another place is served. */
  readonly folder: string | undefined;
  readonly clock?: Clock | undefined;
  readonly openUploads: () => number;
}

/** Everything the server counts. No repository, user or address is named in it. */
export function createServerMetrics({
  folder,
  clock = systemClock,
  openUploads,
}: MetricsSources): ServerMetrics {
  const requests = createRequestMetrics();
  const size = folder === undefined ? undefined : createStoreSize(folder, clock);
  const startedAt = clock.now();
  return {
    note: (event) => requests.note(event),
    text: () => {
      const store = size?.current();
      const gauges = [
        gauge('tofu_oci_start_time_seconds', 'When the server started.', startedAt / 1000),
        gauge('tofu_oci_open_uploads', 'Uploads begun and not closed.', openUploads()),
        gauge('tofu_oci_store_bytes', 'Bytes in the served folder.', store?.bytes),
        gauge('tofu_oci_store_files', 'Files in the served folder.', store?.files),
        gauge('tofu_oci_store_repositories', 'Repositories.', store?.repositories),
      ];
      return formatMetrics([...requests.families(), ...gauges]);
    },
    close: async () => size?.close(),
  };
}

/** Without a sample while the value is not known. */
function gauge(name: string, help: string, value: number | undefined): Family {
  return { name, type: 'gauge', help, samples: value === undefined ? [] : [{ value }] };
}
