import { testGroup } from './groups.ts';

testGroup('queues');
