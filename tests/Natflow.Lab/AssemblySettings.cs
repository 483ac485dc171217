// A lab mostly waits, for timers of its protocols; two at a time halve the run. Tests that watch a rate or a gap say so by their collection, and run alone.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
