import { mutantBattery } from './battery.ts';

mutantBattery('one');
