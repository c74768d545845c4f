# SPDX-License-Identifier: Apache-2.0
# The image, built and run. BASE=image takes another Debian.
.PHONY: docker-check
docker-check:
	@sh docker/test.sh
