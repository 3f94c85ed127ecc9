export * from './tables';
export * from './entry';
export * from './requests';
export * from './frames';
export * from './http';
