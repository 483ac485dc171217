// Each lab is a whole network with a gateway that polls: two at a time would measure one another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
