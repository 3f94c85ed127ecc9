'use strict';
/*
 * node require-node.cjs [program.ts arguments…]: makes sure that Node and the dependencies are there, then runs the program
 * in this same process, so that signals reach it. Old JavaScript on purpose: the oldest Node has to be able to say that it
 * is too old.
 */
var fs = require('fs');
var path = require('path');

var root = path.join(__dirname, '..', '..');
var version = process.versions.node.split('.').map(Number);

if (version[0] < 20 || (version[0] === 20 && version[1] < 18)) {
  console.error('Hubbub needs Node 20.18 or newer; this is ' + process.versions.node + '.');
  process.exit(1);
}

if (!fs.existsSync(path.join(root, 'node_modules', 'tsx'))) {
  console.error('Installing the dependencies (npm ci), the first time only …');
  var installed = require('child_process').spawnSync('npm', ['ci'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (installed.status !== 0) {
    console.error('npm ci failed: see above.');
    process.exit(1);
  }
}

if (process.argv[2]) {
  // The workspace's own packages are found by the paths of this configuration, from wherever the program is started.
  process.env.TSX_TSCONFIG_PATH = path.join(__dirname, 'tsconfig.json');
  var program = require('url').pathToFileURL(path.resolve(process.argv[2])).href;
  process.argv.splice(1, 1);
  import('tsx/esm/api')
    .then(function (tsx) {
      tsx.register();
      return import(program);
    })
    .catch(function (error) {
      console.error(error);
      process.exit(1);
    });
}
