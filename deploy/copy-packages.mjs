// node copy-packages.mjs TARGET PACKAGE…: copies installed packages, with everything that they need to run, to
// TARGET/node_modules. For an image that holds no more than that.
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const [target = '', ...wanted] = process.argv.slice(2);
const root = process.cwd();
const copied = new Set();

/** Where Node would find `name`, required from `folder`; null where it is not installed. */
function locate(name, folder) {
  const found = join(folder, 'node_modules', name);
  if (existsSync(join(found, 'package.json'))) return found;
  return folder === root ? null : locate(name, dirname(folder));
}

function copy(name, folder, isOptional) {
  const found = locate(name, folder);
  if (found === null) {
    // A binary for another machine, or something that the package does without.
    if (isOptional) return;
    throw new Error(`${name} is not installed: ${relative(root, folder)} needs it`);
  }
  if (copied.has(found)) return;
  copied.add(found);
  const isOwn = (path) => !relative(found, path).split('/').includes('node_modules');
  cpSync(found, join(target, relative(root, found)), { recursive: true, filter: isOwn });
  const manifest = JSON.parse(readFileSync(join(found, 'package.json'), 'utf8'));
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = manifest;
  for (const it of Object.keys(dependencies)) copy(it, found, it in optionalDependencies);
  for (const it of Object.keys({ ...optionalDependencies, ...peerDependencies }))
    copy(it, found, true);
}

for (const name of wanted) copy(name, root, false);
console.log(`${copied.size} packages`);
