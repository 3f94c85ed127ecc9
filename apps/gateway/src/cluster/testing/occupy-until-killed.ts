import { connectRedis } from '../redis-bus';
import { RedisOccupancy } from '../redis-occupancy';
import { untilHeld } from './occupancy-stage';
import { silent } from '../../testing/silent-log';

/** Takes seats in a presence channel, prints a line, and stays until it is killed. Arguments: url, app, channel, users. */
const [url = '', app = '', channel = '', ...users] = process.argv.slice(2);
const redis = connectRedis(url, silent, 'occupy');
const occupancy = new RedisOccupancy({ redis, gateway: 'child', log: silent });
await untilHeld(occupancy);
occupancy.keepTransitionsOf(app, true);
await Promise.all(users.map((id) => occupancy.enter({ app, channel, member: { id, info: null } })));
process.stdout.write('entered\n');
