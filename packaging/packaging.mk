# SPDX-License-Identifier: Apache-2.0
# make install: from source. make deb: Debian's package. make deb-check: that one on a machine that
# is thrown away afterwards. make rpm: for Fedora and its kin.

# Where the distribution has mods-available (Debian, Ubuntu), a2enmod finds the pair of files there.
# A slotwatch.conf that is there is somebody's, and stays. The header is for other modules.
MODULEDIR ?= $(call apxs,LIBEXECDIR)
CONFDIR  ?= $(firstword $(wildcard $(call apxs,SYSCONFDIR)/mods-available) \
            $(call apxs,SYSCONFDIR)/extra)
HEADERDIR ?= $(call apxs,INCLUDEDIR)
BINDIR   ?= /usr/bin
MANDIR   ?= /usr/share/man
COMPDIR  ?= /usr/share/bash-completion/completions
DOCDIR   ?= /usr/share/doc/mod_slotwatch
EXAMPLES := grafana prometheus recipes reload
install: all
	install -D -m 644 -t $(DESTDIR)$(MODULEDIR) $(B)/mod_slotwatch.so $(B)/slotwatch_http.so
	install -D -m 644 src/mod_slotwatch.h $(DESTDIR)$(HEADERDIR)/mod_slotwatch.h
	install -D -m 644 conf/slotwatch.load $(DESTDIR)$(CONFDIR)/slotwatch.load
	sed -i 's,/usr/lib/apache2/modules,$(MODULEDIR),' $(DESTDIR)$(CONFDIR)/slotwatch.load
	test -e $(DESTDIR)$(CONFDIR)/slotwatch.conf || \
	  install -m 644 conf/slotwatch.conf $(DESTDIR)$(CONFDIR)/slotwatch.conf
	install -D -m 755 $(B)/slotwatchctl $(DESTDIR)$(BINDIR)/slotwatchctl
	install -D -m 644 docs/slotwatchctl.1 $(DESTDIR)$(MANDIR)/man1/slotwatchctl.1
	install -D -m 644 conf/slotwatchctl.bash-completion $(DESTDIR)$(COMPDIR)/slotwatchctl
	install -D -m 644 -t $(DESTDIR)$(DOCDIR) README.md CHANGES.md SECURITY.md NOTICE LICENSE
	install -D -m 644 -t $(DESTDIR)$(DOCDIR)/docs docs/*.md
	mkdir -p $(DESTDIR)$(DOCDIR)/examples
	cp -R --preserve=mode $(EXAMPLES:%=conf/%) $(DESTDIR)$(DOCDIR)/examples
	chmod -R u=rwX,go=rX $(DESTDIR)$(DOCDIR)/examples # whatever the umask of the checkout
	ln -sfn examples $(DESTDIR)$(DOCDIR)/conf # as the documents call it

# A copy is built: what stands in build/ is the tests'. The package comes to stand there, too.
DEB      := $(B)/deb/source
DEB_PACKAGES := build-essential debhelper apache2-dev rapidjson-dev libmicrohttpd-dev \
            libcmocka-dev libcurl4-openssl-dev libcli11-dev libncurses-dev
PACKED   := $(filter-out ./build ./.git,$(shell find . -mindepth 1 -maxdepth 1))
deb:
	@mkdir -p $(B)
	@tests/deps.sh $(B)/deb-deps.log $(DEB_PACKAGES)
	rm -rf $(B)/deb
	mkdir -p $(DEB)
	cp -a $(PACKED) $(DEB)
	find $(DEB) -name __pycache__ -prune -exec rm -r {} +
	cd $(DEB) && dpkg-buildpackage --no-sign
	cp $(B)/deb/*.deb $(B)
deb-check: deb
	@tests/deps.sh $(B)/deb-deps.log lintian curl
	@tests/deb.sh $(B)/deb

# For Fedora and its kin; elsewhere, such as here, as far as it goes: RPM_OPTIONS tells what their
# macros would.
RPM_OPTIONS ?= $(if $(wildcard /usr/lib/rpm/macros.d/macros.httpd),,--nodeps \
            --define '_httpd_moddir %{_libdir}/httpd/modules' --define '_httpd_mmn 0-0' \
            --define '_httpd_confdir %{_sysconfdir}/httpd/conf.d' \
            --define '_httpd_modconfdir %{_sysconfdir}/httpd/conf.modules.d' \
            --define '_pkgdocdir %{_docdir}/%{name}')
SPEC     := packaging/mod_slotwatch.spec
RPM_NAME  = mod_slotwatch-$(shell sed -n 's/^Version: *//p' $(SPEC))
rpm:
	rm -rf $(B)/rpm
	mkdir -p $(B)/rpm/SOURCES
	@command -v rpmbuild >/dev/null || tests/deps.sh $(B)/rpm/deps.log rpm
	tar -czf $(B)/rpm/SOURCES/$(RPM_NAME).tar.gz --transform 's,^\.,$(RPM_NAME),' $(PACKED)
	rpmbuild -bb --define '_topdir $(CURDIR)/$(B)/rpm' $(RPM_OPTIONS) $(SPEC)
	cp $(B)/rpm/RPMS/*/*.rpm $(B)

# Core, renderers and src/os for another machine, and their units and traces there, under qemu's
# user mode: no sanitizers, no httpd. Needs g++-aarch64-linux-gnu, qemu-user-static, and after
# dpkg --add-architecture arm64, libcmocka-dev:arm64. qemu has a /proc/self/cmdline of its own, and
# of TCP_INFO the first four bytes: what looks at those is left out.
CROSS    ?= aarch64-linux-gnu
QEMU     ?= qemu-aarch64-static
cross:
	@$(MAKE) --no-print-directory B=$(B)/$(CROSS) CC=$(CROSS)-gcc CXX=$(CROSS)-g++ PACKAGES= \
	  SANITIZE='-O1 -g' $(UNITS:%=$(B)/$(CROSS)/unit/%)
	@for t in $(filter-out test_traces test_os test_traffic,$(UNITS)); do echo "== $$t"; \
	  $(QEMU) $(B)/$(CROSS)/unit/$$t || exit 1; done
	@$(QEMU) $(B)/$(CROSS)/unit/test_traces tests/traces/*.trace

.PHONY: deb deb-check rpm cross
