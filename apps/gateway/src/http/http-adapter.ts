import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Settings } from '../env';

/** Looks for who takes too long so often within the time that they have, but not more seldom than this. */
const LOOKS = 4;
const LOOK_MAX_MS = 5_000;

/**
 * Nest's door to HTTP, with an end to patience: who connects and says nothing, or says it a byte at a time, is answered 408 and
 * holds nothing any more. That goes for upgrades too, which are requests until their headers are complete.
 */
export class HttpAdapter extends ExpressAdapter {
  constructor(private readonly settings: Pick<Settings, 'HEADER_SECONDS' | 'REQUEST_SECONDS'>) {
    super();
  }

  override initHttpServer({ httpsOptions }: NestApplicationOptions): void {
    const headersTimeout = this.settings.HEADER_SECONDS * 1_000;
    const options = {
      headersTimeout,
      requestTimeout: this.settings.REQUEST_SECONDS * 1_000,
      connectionsCheckingInterval: Math.min(headersTimeout / LOOKS, LOOK_MAX_MS),
    };
    const application = this.getInstance<Parameters<typeof createServer>[1]>();
    this.httpServer = httpsOptions
      ? createTlsServer(
          { ...httpsOptions, ...options, handshakeTimeout: headersTimeout },
          application,
        )
      : createServer(options, application);
  }
}
