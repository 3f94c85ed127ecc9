/** The settings are wrong: nothing can start. The process exits 78 (EX_CONFIG of sysexits.h). */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
