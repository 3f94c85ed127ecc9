import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { LambdaOptions } from '../app';

/** Where the options of a webhook name none. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface Invocation {
  readonly url: string;
  readonly headers: Headers;
}

/**
 * An Invoke of AWS Lambda, signed (Signature Version 4), https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html .
 * @throws where there are no credentials, or the endpoint is none.
 */
export async function signInvocation(
  { lambdaFunction, lambda }: { lambdaFunction: string; lambda: LambdaOptions },
  payload: string,
  fallback: AwsCredentials | null,
): Promise<Invocation> {
  const credentials = credentialsOf(lambda) ?? fallback;
  if (!credentials) throw new Error('there are no credentials of AWS for this function');
  const url = addressOf(lambdaFunction, lambda);
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new SignatureV4({
    service: 'lambda',
    region: lambda.region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    sha256: Sha256,
  });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: {
      host: url.host,
      'content-type': 'application/json',
      'x-amz-invocation-type': lambda.isAsync ? 'Event' : 'RequestResponse',
    },
    body: payload,
  });
  return { url: url.href, headers: new Headers(headers) };
}

function addressOf(lambdaFunction: string, { region, clientOptions }: LambdaOptions): URL {
  const { endpoint } = clientOptions;
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const base = typeof endpoint === 'string' ? endpoint : `https://lambda.${region}.${domain}`;
  const prefix = /^https?:\/\//.test(base) ? base : `https://${base}`;
  const name = encodeURIComponent(lambdaFunction);
  return new URL(`${prefix.replace(/\/+$/, '')}/2015-03-31/functions/${name}/invocations`);
}

function credentialsOf({ clientOptions }: LambdaOptions): AwsCredentials | null {
  const given = (clientOptions['credentials'] ?? {}) as Record<string, unknown>;
  const { accessKeyId, secretAccessKey, sessionToken } = given;
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') return null;
  return {
    accessKeyId,
    secretAccessKey,
    ...(typeof sessionToken === 'string' && { sessionToken }),
  };
}
