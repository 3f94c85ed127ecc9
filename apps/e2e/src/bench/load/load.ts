import { serve } from '../../testing/worker-process';
import { Generator } from './generator';
import { Command } from './wire';

const generator = new Generator();

async function run(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'view':
      return generator.view(command.target, command.viewers);
    case 'send':
      return generator.send(command);
    case 'flood':
      return generator.flood(command);
    case 'close':
      generator.close();
      return null;
  }
}

serve((command) => run(Command.parse(command)));
