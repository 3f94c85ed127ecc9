import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import type { Settings } from './env';

/** `info` is one line per lifecycle change, `warn` something recovered, `error` someone must act, `debug` per message. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Lines of JSON on standard output. */
export function createLog(settings: Pick<Settings, 'LOG_LEVEL' | 'GATEWAY_ID'>): Log {
  const logger = pino({
    level: settings.LOG_LEVEL,
    base: { gateway: settings.GATEWAY_ID },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    messageKey: 'message',
  });
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: Record<string, unknown> = {}) => {
      logger[level](fields, message);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Nest's own lines: what it says of its start is `debug` here. */
export function nestLogger(log: Log): LoggerService {
  const text = (message: unknown) => (typeof message === 'string' ? message : String(message));
  return {
    log: (message: unknown) => {
      log.debug(text(message));
    },
    debug: (message: unknown) => {
      log.debug(text(message));
    },
    verbose: () => undefined,
    warn: (message: unknown) => {
      log.warn(text(message));
    },
    error: (message: unknown, ...rest: unknown[]) => {
      log.error(text(message), { detail: rest.map(String).join(' ') });
    },
  };
}
