export interface Statement {
  sql: string;
  values: (string | number | null | Buffer | number[])[];
}

/** Several statements in one trip; a result for each. */
export type Run = (statements: readonly Statement[]) => Promise<unknown[]>;

export const START: Statement = { sql: 'START TRANSACTION', values: [] };
export const COMMIT: Statement = { sql: 'COMMIT', values: [] };
