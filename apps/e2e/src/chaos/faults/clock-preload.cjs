'use strict';
/*
 * Loaded into every Node of a cluster under chaos; moves the clock of a gateway by as many ms as the file of its name says,
 * and is nothing elsewhere. See clocks.ts.
 */
const { readFileSync, watchFile } = require('node:fs');
const { join } = require('node:path');

const LOOK_EVERY_MS = 100;
const { HUBBUB_CHAOS_CLOCKS: dir, GATEWAY_ID: gateway } = process.env;

if (dir && gateway) {
  const True = Date;
  const file = join(dir, gateway);
  let offset = 0;
  const look = () => {
    try {
      offset = Number(readFileSync(file, 'utf8'));
    } catch {
      offset = 0;
    }
  };
  look();
  watchFile(file, { persistent: false, interval: LOOK_EVERY_MS }, look);

  const Moved = function (...args) {
    if (!new.target) return new Moved().toString();
    const given = args.length > 0 ? args : [Moved.now()];
    return Reflect.construct(True, given, new.target === Moved ? True : new.target);
  };
  Moved.prototype = True.prototype;
  Moved.prototype.constructor = Moved;
  Object.setPrototypeOf(Moved, True);
  Moved.now = () => True.now() + offset;
  globalThis.Date = Moved;
}
