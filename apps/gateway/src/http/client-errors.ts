import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorCode } from '@hubbub/protocol';
import { refuseSocket } from '../refuse-socket';

/** What can be too much of a request before it is one, as the metrics name it. */
type RequestLimit = 'request_time' | 'header_size';

interface Answer {
  status: number;
  code: ErrorCode;
  message: string;
  limit?: RequestLimit;
}

const ANSWERS: Partial<Record<string, Answer>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'bad_frame',
    message: 'the request took too long to come',
    limit: 'request_time',
  },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'too_long',
    message: 'the headers are too large',
    limit: 'header_size',
  },
};
const NO_HTTP: Answer = { status: 400, code: 'bad_frame', message: 'the request is not valid' };

/** G10: what never became a request is answered in the form of all errors. `report` hears of those that were too much. */
export function answerClientErrors(http: Server, report: (limit: RequestLimit) => void): void {
  http.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const { status, code, message, limit } = ANSWERS[error.code ?? ''] ?? NO_HTTP;
    if (limit) report(limit);
    // Where an answer has begun, another in its middle would be taken for a part of it.
    const { _httpMessage: response } = socket as { _httpMessage?: ServerResponse | null };
    if (!socket.writable || error.code === 'ECONNRESET' || response?.headersSent) socket.destroy();
    else refuseSocket(socket, status, { code, message });
  });
}
