echo ready
