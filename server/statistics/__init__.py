"""The year's count: metrics with definitions, yearly figures, exports and the recount."""
