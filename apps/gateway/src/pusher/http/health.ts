import type { ServerResponse } from 'node:http';
import { getHeapStatistics } from 'node:v8';
import { API_ERRORS } from './api-error';
import { replyError, replyJson, replyText } from './reply';

interface Memory {
  usedSize: number;
  totalSize: number;
  percentUsage: number;
}

/** As Soketi reckons: what the process has against what its heap could still grow by. */
function readMemory(): Memory {
  const { rss, heapTotal, external, arrayBuffers } = process.memoryUsage();
  const usedSize = rss + heapTotal + external + arrayBuffers;
  const totalSize = getHeapStatistics().total_available_size;
  return { usedSize, totalSize, percentUsage: (usedSize / totalSize) * 100 };
}

export interface HealthOptions {
  isDraining: () => boolean;
  /** Above this it takes no traffic. */
  acceptTrafficThresholdPercent: number;
}

/** What load balancers and Kubernetes ask, by the paths and in the words of Soketi. */
export class Health {
  readonly #options: HealthOptions;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** The process answers. */
  alive(response: ServerResponse): void {
    replyText(response, 'OK');
  }

  /** It does not drain. */
  ready(response: ServerResponse): void {
    if (this.#options.isDraining()) replyError(response, API_ERRORS.closing());
    else replyText(response, 'OK');
  }

  /** It does not drain and has memory left. */
  acceptTraffic(response: ServerResponse): void {
    if (this.#options.isDraining()) {
      replyError(response, API_ERRORS.closing());
      return;
    }
    const memory = readMemory();
    if (memory.percentUsage > this.#options.acceptTrafficThresholdPercent) {
      replyError(response, API_ERRORS.lowOnMemory());
      return;
    }
    replyJson(response, 200, JSON.stringify({ memory }));
  }

  usage(response: ServerResponse): void {
    const { usedSize, totalSize, percentUsage } = readMemory();
    const memory = {
      free: totalSize - usedSize,
      used: usedSize,
      total: totalSize,
      percent: percentUsage,
    };
    replyJson(response, 200, JSON.stringify({ memory }));
  }
}
