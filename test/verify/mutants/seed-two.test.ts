import { mutantBattery } from './battery.ts';

mutantBattery('two');
