// Next leaves static files out of its standalone output; without them beside it the server answers 404 for every script.
import { cpSync, existsSync } from 'node:fs';

const server = '.next/standalone/apps/web';
cpSync('.next/static', `${server}/.next/static`, { recursive: true });
if (existsSync('public')) cpSync('public', `${server}/public`, { recursive: true });
